"""The inbox: reads what producers hand in, checks it, and hands it to the pipeline of its partition."""
