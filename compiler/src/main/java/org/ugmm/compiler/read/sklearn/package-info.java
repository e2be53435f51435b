/**
 * Readers of scikit-learn's models: the skops archive and its arrays, and from the fitted
 * attributes of mixtures and naive Bayes classifiers to circuits. Knows the models and the JSON
 * cursor.
 */
@NullMarked
package org.ugmm.compiler.read.sklearn;

import org.jspecify.annotations.NullMarked;
