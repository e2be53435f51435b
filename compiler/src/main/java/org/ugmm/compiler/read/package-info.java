/**
 * The door of the readers: recognises the format of a document and hands it to the reader of that
 * format. A reader checks everything a text can get wrong and yields a {@link
 * org.ugmm.compiler.model.Model}; it builds no circuit.
 */
@NullMarked
package org.ugmm.compiler.read;

import org.jspecify.annotations.NullMarked;
