"""Every answered prediction, stored before it is answered."""
