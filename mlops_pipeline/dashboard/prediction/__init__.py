"""The tab that asks the service for predictions: one loan, many loans, an earlier prediction."""
