# What an operator says of itself in its resource, as definitions for jq: the conditions of a kind
# that are true, at most six, those first with which an operator goes no further
# (states/steps/rollout.cpp), and how many were left out.
operator_words='
  def short: if type == "string" then .[:300] else "" end;
  def six(name): if length > 6 then {(name): .[:6], (name + "_left_out"): (length - 6)}
    else {(name): .} end;
  def is_final: .type == "EtcdEndpointsDegraded" or .type == "RevisionControllerDegraded";
  def said(kind): [.status.conditions[]? |
      select((.type | type) == "string" and (.type | endswith(kind)) and .status == "True") |
      {type: (.type | short), reason: (.reason | short), message: (.message | short)}] |
    sort_by((is_final | not), .type);
  def degraded: said("Degraded") | six("degraded");
  def progressing: said("Progressing") | six("progressing");'
