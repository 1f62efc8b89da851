"""What a word is: folding, tokens and synonyms for Japanese and English, the same for every engine."""
