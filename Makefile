# What `sam build` calls, one target per function: one cargo build for all of them, then a copy of each binary
# (CreateOrderFunction is target/release/create-order).
FUNCTIONS := $(notdir $(wildcard functions/*))

.PHONY: release
release:
	cargo build --release --locked $(FUNCTIONS:%=--package %)

build-%Function: release
	cp "target/release/$$(echo $* | sed 's/\([a-z]\)\([A-Z]\)/\1-\2/g' | tr A-Z a-z)" "$(ARTIFACTS_DIR)/bootstrap"
