#!/usr/bin/env bash
# Plays the sample's quarter once, and keeps its data in SHAP_E2E_TEMPLATE for the tests that begin with it.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

rm -rf "$SHAP_E2E_TEMPLATE"
mkdir -p "$SHAP_E2E_TEMPLATE"
play_the_quarter
cp -a "$work/data" "$work/config" "$work/administrator.token" "$SHAP_E2E_TEMPLATE/"
touch "$SHAP_E2E_TEMPLATE/ready"
