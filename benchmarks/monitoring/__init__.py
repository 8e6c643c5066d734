"""What answering about drift costs while the service predicts and its log grows."""
