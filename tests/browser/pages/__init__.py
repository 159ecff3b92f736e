"""The pages of which pictures are taken, a module per area.

`PAGES`: name of the picture, and what makes its path below the tenant. `prepare`, if there: puts in place what they
show.
"""
