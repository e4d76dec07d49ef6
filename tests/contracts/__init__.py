"""What every implementation of an interface must do, as tests to inherit. Knows no implementation."""
