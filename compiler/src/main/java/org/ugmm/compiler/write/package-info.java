/**
 * Writers of models in the formats of others: from a circuit to {@code ugmm-graph/1}, PSDD, Juice's
 * text, a UAI table, Graphviz. Each says what its format cannot state instead of writing something
 * else. Knows circuits of the engine and no reader.
 */
@NullMarked
package org.ugmm.compiler.write;

import org.jspecify.annotations.NullMarked;
