"""The bar: personal and production records, and where each new take stands against them."""
