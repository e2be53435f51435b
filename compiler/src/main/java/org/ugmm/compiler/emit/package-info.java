/** The last phase: the ordered graph becomes a flat circuit of the engine. */
@NullMarked
package org.ugmm.compiler.emit;

import org.jspecify.annotations.NullMarked;
