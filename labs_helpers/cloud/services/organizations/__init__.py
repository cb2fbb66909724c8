"""All of organizations: what its operations ask for (`table`), what is ours of them, and views of what moto keeps."""
