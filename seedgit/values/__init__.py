"""What documents hold, whatever their format: values, pointers, patches, lists side by side."""
