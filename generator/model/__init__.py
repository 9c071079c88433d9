"""The vocabulary of the generator: parameters, grants, stages, outputs, exports, ARNs, scripts."""
