"""What the service did and how its loans change: the prediction log."""
