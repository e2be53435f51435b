/**
 * Posteriors of real variables and counts whose components are not all Gaussian. Exported: callers
 * hold them.
 */
@NullMarked
package org.ugmm.engine.mixture;

import org.jspecify.annotations.NullMarked;
