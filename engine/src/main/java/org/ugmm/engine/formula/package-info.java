/**
 * Boolean formulas over the variables of a circuit, and how they are read from text. Exported;
 * knows nothing of circuits.
 */
@NullMarked
package org.ugmm.engine.formula;

import org.jspecify.annotations.NullMarked;
