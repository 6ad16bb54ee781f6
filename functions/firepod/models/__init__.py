"""What generations can be made with: the table of models, read and checked at first use."""
