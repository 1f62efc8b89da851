"""Exams and their images as the facility sees them, and the drive: any files of the area."""
