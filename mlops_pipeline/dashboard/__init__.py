"""The dashboard: draws what the monitoring library, the bundle and the service say."""
