"""What came of it: numbers of posts as the networks report them, each with its method, coverage and freshness."""
