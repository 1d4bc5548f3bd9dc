"""The do's and don'ts that ambassadors agree to, in versions, and the checks of a text against them."""
