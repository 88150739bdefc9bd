# Installs the operator with its chart, as pods of the cluster in $kubeconfig. Sourced, never run.

RELEASE=sojourn
RELEASE_NAMESPACE=sojourn-system
OPERATOR_SELECTOR=app.kubernetes.io/instance=$RELEASE,app.kubernetes.io/component=operator

helm() { "$PROGRAMS/helm" --kubeconfig "$kubeconfig" --namespace "$RELEASE_NAMESPACE" "$@"; }

# install_chart FLAG...: installs or upgrades, and waits until the operator's pods are ready. What
# `kubectl apply` made of the definitions before is taken over.
install_chart() {
  if ! helm upgrade "$RELEASE" "$ROOT/charts/sojourn" --install --create-namespace --take-ownership \
    --force-conflicts --wait --timeout 3m --set image.repository="$OPERATOR_REPOSITORY" --set image.tag="$(image_tag)" \
    --set operator.defaultAgentImage="$AGENT_IMAGE" "$@"; then
    kubectl --namespace "$RELEASE_NAMESPACE" get pods
    kubectl --namespace "$RELEASE_NAMESPACE" describe pods --selector "$OPERATOR_SELECTOR"
    kubectl --namespace "$RELEASE_NAMESPACE" logs --selector "$OPERATOR_SELECTOR" --prefix --tail 20 || true
    return 1
  fi
}

# The definitions stay, and with them every Session.
uninstall_chart() {
  [ -n "$(kubectl get namespace "$RELEASE_NAMESPACE" --ignore-not-found --output name)" ] || return 0
  build_program helm
  helm uninstall "$RELEASE" --ignore-not-found --wait --timeout 1m
  # Its rights went before it could release that, and the next operator would wait for 15 s.
  kubectl --namespace "$RELEASE_NAMESPACE" delete lease "$RELEASE-operator" --ignore-not-found
}
