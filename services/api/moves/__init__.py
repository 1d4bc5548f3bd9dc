"""Moving a program between platforms."""
