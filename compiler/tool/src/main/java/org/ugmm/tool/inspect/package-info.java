/**
 * What can be said of a model without a query: {@link org.ugmm.tool.inspect.Inspection}, its card,
 * and both as JSON. The command {@code inspect}, the service and the report show the same.
 */
@NullMarked
package org.ugmm.tool.inspect;

import org.jspecify.annotations.NullMarked;
