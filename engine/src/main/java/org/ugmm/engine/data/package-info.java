/**
 * The words that everybody uses: what a caller hands to the engine and gets back. Plain data that
 * knows no circuit.
 */
@NullMarked
package org.ugmm.engine.data;

import org.jspecify.annotations.NullMarked;
