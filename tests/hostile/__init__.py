"""Generated specs with hostile texts in every place, through all four back ends: refused, or nothing but data."""
