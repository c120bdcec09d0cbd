"""Numbers in, numbers out: estimators, intervals, tests. docs/method.md tells each formula and its source."""
