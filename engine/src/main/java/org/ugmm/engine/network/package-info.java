/**
 * Learning of layered uGMM networks (arXiv:2509.07569): values up, gradients down through Gaussian
 * links, steps of Adam. Exported; what reads tables and writes models stands in the compiler.
 *
 * <p>A step goes over its rows in tiles, each with values and gradients of its own, then over the
 * units in blocks, each over all tiles. Who does which does not change a bit, so that any number of
 * threads learns the same. Exponentials are computed again on the way down: that costs less than
 * reading them from memory.
 */
@NullMarked
package org.ugmm.engine.network;

import org.jspecify.annotations.NullMarked;
