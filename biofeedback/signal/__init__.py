"""Pure streaming signal processing: chunks in, the same chunks with more columns out."""
