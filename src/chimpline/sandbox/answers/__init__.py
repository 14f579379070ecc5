"""From a request to an answer: parameters, orders, projections, problems."""
