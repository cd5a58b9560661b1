rename_look "$from"
