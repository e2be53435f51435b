/**
 * The service: JSON over HTTP and the explorer page. {@link org.ugmm.tool.serve.Service} is what
 * runs; {@code Routes} takes requests on the selector's thread, {@code Desk} answers cheap ones
 * there and hands the others to {@code Work}; a {@code Exchange} is answered once. Knows questions
 * and models, no command line.
 */
@NullMarked
package org.ugmm.tool.serve;

import org.jspecify.annotations.NullMarked;
