"""The sample tree of one problem: texts cut into steps, steps merged, samples counted, models compared."""
