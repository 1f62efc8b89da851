"""Analyses over many areas: what is measured on images, ordered with a purpose and run as a job."""
