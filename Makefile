# Vitrine. `make help` lists what can be made. One Makefile, not recursive.
VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
BIN ?= bin
MPI ?= openmpi
CC = gcc
CXX = g++
WERROR ?=

# --- libraries, all by pkg-config but Voro++ and Random123, which have no .pc file
ifeq ($(MPI),mpich)
PKGS := mpich hdf5-mpich
MPIRUN_FLAGS :=
MPIRUN := mpiexec.mpich
else
PKGS := ompi-c hdf5-openmpi
MPIRUN := mpirun.openmpi
MPIRUN_FLAGS := --oversubscribe $(if $(filter 0,$(shell id -u)),--allow-run-as-root)
endif
PKGS += gsl libfyaml fftw3 fftw3f libtiff-4 zlib
HAVE_KIM := $(shell pkg-config --exists libkim-api 2>/dev/null && echo yes)
ifeq ($(HAVE_KIM),yes)
PKGS += libkim-api
KIM_FLAGS := -DHAVE_KIM
endif
LIB_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null | sed 's/-I/-isystem /g')
LIB_LDFLAGS = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wno-unknown-pragmas -Wno-psabi $(if $(WERROR),-Werror)
OPT ?= -O2 -g
CPPFLAGS += -Isrc -I$(BUILD) $(LIB_CFLAGS) $(KIM_FLAGS) -D_FILE_OFFSET_BITS=64
CFLAGS += -std=gnu11 $(OPT) -ffp-contract=off -fno-math-errno $(WARN)
CXXFLAGS += -std=c++17 $(OPT) -Wall -Wextra
LDLIBS = $(LIB_LDFLAGS) -lvoro++ -lstdc++ -lm

SRC := $(wildcard src/*/*.c src/*/*/*.c)
SRCXX := $(wildcard src/*/*.cc src/*/*/*.cc)
MAIN := $(wildcard src/cli/main.c)
LIBOBJ := $(patsubst src/%.c,$(BUILD)/%.o,$(filter-out $(MAIN),$(SRC))) $(patsubst src/%.cc,$(BUILD)/%.o,$(SRCXX))
UNIT := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
MPITESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/mpi/test_*.c))

all: $(BIN)/vitrine

help:
	@echo 'make            build bin/vitrine (what it needs: make deps)'
	@echo 'make deps       install what is missing, by apt; elsewhere list it'
	@echo 'make deps-kim   install KIM and its models (250 MB), for potential: {kind: kim}; then make again'
	@echo 'make demo       install, build, make a Cu-Zr nanorod, draw it (out/quickstart)'
	@echo 'make check      install, build, run all tests'
	@echo 'make check-long the long versions too'
	@echo 'make sanitize   the tests under the address and undefined-behaviour sanitizers'
	@echo 'make docs       write docs/deck.md from the deck schema'
	@echo 'make install    PREFIX=/usr/local: program, man page, inputs, plot tool'
	@echo 'make bench-md   speed beside LAMMPS'
	@echo 'make bench-kmc  events per second of the kinetic Monte Carlo; SPPARKS=/path/to/spk runs that beside it'
	@echo 'make bench-ecm  films beside numpy and scipy'
	@echo 'make bench-tem  diffraction engines beside their transforms, abTEM, Prismatic'
	@echo 'make bench-voronoi  cells a second beside voro++'
	@echo 'make clean'

# --- objects
$(BUILD)/version.h: FORCE
	@mkdir -p $(@D)
	@commit=$$(git describe --always --dirty=-modified --abbrev=12 --exclude='*' 2>/dev/null || echo unknown); \
	printf '#define VERSION_TEXT "%s"\n#define VERSION_COMMIT "%s"\n#define VERSION_COMPILER "%s"\n#define VERSION_FLAGS "%s"\n#define VERSION_MPI "%s"\n#define VERSION_PREFIX "%s"\n#define VERSION_KIM "%s"\n' \
	  '$(VERSION)' "$$commit" "$$($(CC) --version | head -1)" '$(CFLAGS)' '$(MPI)' '$(PREFIX)' '$(HAVE_KIM)' > $@.new; \
	cmp -s $@ $@.new && rm $@.new || mv $@.new $@
FORCE:

# short lines; `make V=1` shows the commands
Q := $(if $(V),,@)

SIMD512 := -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma -mprefer-vector-width=512
SIMD256 := -mavx2 -mfma
$(BUILD)/md/kernel_avx512.o: CFLAGS += -O3 $(SIMD512)
$(BUILD)/md/kernel_avx2.o $(if $(filter x86_64,$(shell uname -m)),$(BUILD)/md/kernel_mixed.o): CFLAGS += -O3 $(SIMD256)
$(BUILD)/md/kernel_plain.o $(BUILD)/md/list.o: CFLAGS += -O3

# all but the first are made anew when KIM comes or goes
$(BUILD)/base/prov.o $(BUILD)/md/pot_kim.o $(BUILD)/md/kim_model.o $(BUILD)/md/eam_kim.o: $(BUILD)/version.h
$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/%.o: src/%.cc
	@mkdir -p $(@D)
	@echo '  CXX $<'
	$(Q)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/libvitrine.a: $(LIBOBJ)
	@rm -f $@
	@echo '  AR  $@'
	$(Q)ar rcs $@ $^
$(BIN)/vitrine: $(BUILD)/cli/main.o $(BUILD)/libvitrine.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libvitrine.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) $< $(BUILD)/libvitrine.a $(LDLIBS) -lcmocka -o $@
$(BUILD)/tests/mpi/%: tests/mpi/%.c $(BUILD)/libvitrine.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) $< $(BUILD)/libvitrine.a $(LDLIBS) -o $@

$(BUILD)/bench/%: bench/%.c $(BUILD)/libvitrine.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) $< $(BUILD)/libvitrine.a $(LDLIBS) -lcmocka -o $@

# --- what users run; the second make sees what the first installed
deps:
	@MPI=$(MPI) tools/install-deps
deps-tests:
	@MPI=$(MPI) tools/install-deps --tests
deps-kim:
	@MPI=$(MPI) tools/install-deps --kim
demo: deps
check check-long sanitize: deps-tests
demo check check-long sanitize:
	@$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$$(nproc)) do-$@
do-demo: $(BIN)/vitrine
	@MPIRUN='$(MPIRUN) $(MPIRUN_FLAGS)' tools/demo
do-check: $(BIN)/vitrine $(UNIT) $(MPITESTS)
	@MPIRUN='$(MPIRUN) $(MPIRUN_FLAGS)' BUILD=$(BUILD) BIN=$(BIN) tests/run
do-check-long: $(BIN)/vitrine $(UNIT) $(MPITESTS)
	@MPIRUN='$(MPIRUN) $(MPIRUN_FLAGS)' BUILD=$(BUILD) BIN=$(BIN) VITRINE_LONG=1 tests/run
do-sanitize:
	@$(MAKE) --no-print-directory do-check BUILD=build/sanitize BIN=build/sanitize/bin \
	  OPT='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'

bench-md: $(BIN)/vitrine
	@bench/md.py
bench-kmc: $(BUILD)/bench/kmc
	@$(BUILD)/bench/kmc
	@[ -z "$(SPPARKS)" ] || bench/kmc_spparks.py "$(SPPARKS)"
bench-tem: $(BIN)/vitrine $(BUILD)/bench/tem
	@MPIRUN='$(MPIRUN) $(MPIRUN_FLAGS)' $(or $(wildcard /usr/bin/python3),python3) bench/tem.py

bench-ecm: $(BIN)/vitrine
	@bench/ecm.py

bench-voronoi: $(BIN)/vitrine $(BUILD)/bench/points
	@bench/voronoi.py

docs: $(BIN)/vitrine
	$(BIN)/vitrine describe --markdown > docs/deck.md
install: $(BIN)/vitrine
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) BIN=$(BIN) tools/install-files
clean:
	rm -rf $(BUILD) $(BIN)

.PHONY: bench-md bench-tem bench-ecm bench-voronoi all help deps deps-tests deps-kim demo check check-long sanitize do-demo do-check do-check-long do-sanitize docs install clean FORCE
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
