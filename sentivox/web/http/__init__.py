"""HTTP routes: transcription of uploads, catalogues, health, the OpenAPI document, the page."""
