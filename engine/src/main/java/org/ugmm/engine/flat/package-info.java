/**
 * The circuit and the evidence as plain arrays, and what follows from structure alone: checks,
 * scopes, structural properties, determinism, independent parts, and the {@code .circuit} file.
 *
 * <p>Knows no number but the parameters: nothing is evaluated here. The arrays are public and
 * nobody writes to those of a circuit once it is made; all rooms above read them directly. Sources:
 * Choi, Vergari and Van den Broeck, <i>Probabilistic Circuits</i> (2020), for smooth, decomposable
 * and deterministic.
 */
@NullMarked
package org.ugmm.engine.flat;

import org.jspecify.annotations.NullMarked;
