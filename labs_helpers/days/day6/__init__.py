"""What Day 6 alone needs: a company's blueprint, what builds it, and who tries it."""
