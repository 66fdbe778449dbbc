"""Questions about data and models: what is wrong with a corpus, how to start with one."""
