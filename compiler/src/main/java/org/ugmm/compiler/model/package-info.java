/**
 * What readers yield and the rest of the compiler starts from: a layered network, a circuit node by
 * node, or a product of tables, with the variables of each, and the error of a model that is not
 * valid. Plain data at the bottom of the compiler; knows no format and no circuit.
 */
@NullMarked
package org.ugmm.compiler.model;

import org.jspecify.annotations.NullMarked;
