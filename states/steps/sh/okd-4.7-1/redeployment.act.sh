@api@api patch @resource@ cluster --type=merge -p @patch@
