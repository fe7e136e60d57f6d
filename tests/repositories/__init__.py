"""The contract of every public method of every repository, on both engines. A package, because its modules are named
after the repositories, and modules of other folders have some of these names too.
"""
