"""A login in the web browser, at a provider of OpenID Connect."""
