"""The pipeline: the only order of the calls to the stages, for uploads and for live speech."""
