# What `sam build` calls, one target per function: one cargo build for all of them, then a copy of each binary
# (CreateOrderFunction is target/release/create-order). ARCHITECTURE=arm64 builds for Architecture=arm64, by cargo-zigbuild
# (tests/sam-build.sh installs it).
FUNCTIONS := $(notdir $(wildcard functions/*))
ARCHITECTURE ?= x86_64
BUILD_x86_64 := build
OUT_x86_64 := target/release
# The glibc of Amazon Linux 2023.
BUILD_arm64 := zigbuild --target aarch64-unknown-linux-gnu.2.34
OUT_arm64 := target/aarch64-unknown-linux-gnu/release

.PHONY: release
release:
	cargo $(BUILD_$(ARCHITECTURE)) --release --locked $(FUNCTIONS:%=--package %)

build-%Function: release
	cp "$(OUT_$(ARCHITECTURE))/$$(echo $* | sed 's/\([a-z]\)\([A-Z]\)/\1-\2/g' | tr A-Z a-z)" "$(ARTIFACTS_DIR)/bootstrap"
