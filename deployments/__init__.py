"""The Ray Serve deployments: the only code that needs Ray."""
