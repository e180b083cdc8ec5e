"""The hostile harness: what makes a test fail although its own assertions hold. Proved in test_harness_*.py."""
