/**
 * A question as a JSON document, with the words of the command and the evidence as the answers of
 * {@code query --json} repeat it. Knows questions and models, no transport.
 */
@NullMarked
package org.ugmm.tool.request;

import org.jspecify.annotations.NullMarked;
